import { type PermissionStatus, permissionStatuses, type Right } from '@datakeep/contracts';
import { ListParameters } from '../http/query-dtos.ts';
import { OptionalChoice, OptionalDate, OptionalId, OptionalRights, OptionalText } from '../http/members.ts';

export class ApprovePermission {
  @OptionalRights('Part of what was asked; default: all of it.')
  rights?: Right[];

  @OptionalDate('In the future; default: it does not expire.')
  expiresAt?: string;
}

export class Reason {
  @OptionalText(2000, { maxLength: 2000, example: 'Not now.' })
  reason?: string;
}

export class PermissionListParameters extends ListParameters {
  @OptionalChoice(permissionStatuses)
  status?: PermissionStatus;

  @OptionalId("An app's id.")
  app?: string;

  @OptionalText(200, { description: "A profile's name." })
  profile?: string;
}
