import type { Consent, NeededPermission } from '@datakeep/contracts';

/**
 * The template's profiles on which the instance has no approved permission at this moment; it may run when there are
 * none. A partial approval is an approval.
 */
export async function missingProfiles(
  consent: Consent,
  viewInstanceId: string,
  template: { readonly permissions: readonly NeededPermission[] },
): Promise<string[]> {
  const missing: string[] = [];
  for (const { profile } of template.permissions) {
    const rights = await consent.rightsOf({ kind: 'view-instance', viewInstanceId }, profile);
    if (rights.size === 0) missing.push(profile);
  }
  return missing;
}
