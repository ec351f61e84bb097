import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { type AppLimits, defaultAppLimits } from '@datakeep/kernel';
import { associationLifetime } from '@datakeep/registry';
import { OptionalChoice, OptionalInteger, OptionalText, Text, WebOrigins } from '../http/members.ts';

export class CreateApp {
  @Text([1, 200], { example: 'Walks', description: "The holder's name, for the admin." })
  name!: string;

  @OptionalText(2000, { example: 'Counts steps on my phone.' })
  description?: string;

  @WebOrigins('Web pages that may call as this app; none by default.')
  origins?: string[];
}

export class PatchApp {
  @OptionalText([1, 200], { example: 'Walks on the new phone' })
  name?: string;

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    description: 'null takes it away.',
    example: 'Counts steps on my new phone.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string | null;

  @WebOrigins('Web pages that may call as this app, all of them at once.')
  origins?: string[];
}

/** One of the admin's own numbers. */
const OwnLimit = (name: keyof AppLimits, description: string): PropertyDecorator =>
  OptionalInteger(1, 1e12, { example: defaultAppLimits[name], description });

/** The names of `AppLimits`. */
export class SetAppLimits implements Partial<AppLimits> {
  @OwnLimit('events', 'Events that are stored.')
  events?: number;

  @OwnLimit('eventBytes', 'UTF-8 bytes of the payloads of its events.')
  eventBytes?: number;

  @OwnLimit('profiles', 'Profiles that it registered.')
  profiles?: number;

  @OwnLimit('profileBytes', 'Bytes of their schemas.')
  profileBytes?: number;

  @OwnLimit('pendingPermissions', 'Requests for permissions that wait for a decision.')
  pendingPermissions?: number;

  @OwnLimit('permissions', 'Requests for permissions in any state.')
  permissions?: number;

  @OwnLimit('tokens', 'Tokens that are alive at once.')
  tokens?: number;

  @OwnLimit('viewInstances', 'View instances.')
  viewInstances?: number;

  @OwnLimit('queuedRuns', 'Runs that wait or are executed.')
  queuedRuns?: number;

  @OwnLimit('runsPerDay', 'Runs that are accepted in one day of UTC.')
  runsPerDay?: number;

  @OwnLimit('rowsPerMinute', 'Events and groups of aggregations that it reads in a minute.')
  rowsPerMinute?: number;
}

export class CreateAssociationToken {
  @OptionalInteger(associationLifetime.min, associationLifetime.max, { default: associationLifetime.default })
  expiresInSeconds?: number;
}

export class DeleteAppParameters {
  @OptionalChoice(['keep', 'delete'], { default: 'keep', description: "`delete` removes the app's events as well." })
  events?: 'keep' | 'delete';
}
