import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { type PermissionStatus, permissionStatuses, type Right, rights } from '@datakeep/contracts';
import { IsDateTime } from '../http/date-time.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { Optional } from '../http/optional.ts';

export class ApprovePermission {
  @ApiPropertyOptional({ enum: rights, isArray: true, description: 'Part of what was asked; default: all of it.' })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(rights.length)
  @ArrayUnique()
  @IsIn(rights, { each: true })
  rights?: Right[];

  @ApiPropertyOptional({
    type: 'string',
    format: 'date-time',
    description: 'In the future; default: it does not expire.',
  })
  @Optional()
  @IsDateTime()
  expiresAt?: string;
}

export class Reason {
  @ApiPropertyOptional({ maxLength: 2000, example: 'Not now.' })
  @Optional()
  @IsString()
  @MaxLength(2000)
  reason?: string;
}

export class PermissionListParameters extends ListParameters {
  @ApiPropertyOptional({ enum: permissionStatuses })
  @Optional()
  @IsIn(permissionStatuses)
  status?: PermissionStatus;

  @ApiPropertyOptional({ description: "An app's id." })
  @Optional()
  @Matches(/^[0-9a-f]{24}$/, { message: 'app must be an id of 24 hex digits' })
  app?: string;

  @ApiPropertyOptional({ description: "A profile's name." })
  @Optional()
  @IsString()
  @MaxLength(200)
  profile?: string;
}
