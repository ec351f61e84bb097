import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { type AppLimits, defaultAppLimits } from '@datakeep/kernel';
import { Optional } from '../http/optional.ts';
import { WebOrigins } from '../http/web-origins.ts';

export class CreateApp {
  @ApiProperty({ example: 'Walks', description: "The holder's name, for the admin." })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiPropertyOptional({ example: 'Counts steps on my phone.' })
  @Optional()
  @IsString()
  @MaxLength(2000)
  description?: string;

  @WebOrigins('Web pages that may call as this app; none by default.')
  origins?: string[];
}

export class PatchApp {
  @ApiPropertyOptional({ example: 'Walks on the new phone' })
  @Optional()
  @IsString()
  @Length(1, 200)
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
function OwnLimit(name: keyof AppLimits, description: string): PropertyDecorator {
  const [minimum, maximum] = [1, 1e12];
  const example = defaultAppLimits[name];
  const documented = ApiPropertyOptional({ type: 'integer', minimum, maximum, example, description });
  return applyDecorators(documented, Optional(), IsInt(), Min(minimum), Max(maximum));
}

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
  @ApiPropertyOptional({ type: 'integer', minimum: 60, maximum: 604_800, default: 86_400 })
  @Optional()
  @IsInt()
  @Min(60)
  @Max(604_800)
  expiresInSeconds?: number;
}

export class DeleteAppParameters {
  @ApiPropertyOptional({
    enum: ['keep', 'delete'],
    default: 'keep',
    description: "`delete` removes the app's events as well.",
  })
  @Optional()
  @IsIn(['keep', 'delete'])
  events?: 'keep' | 'delete';
}
