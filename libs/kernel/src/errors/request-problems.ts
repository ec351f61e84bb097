import type { ProblemEntry } from './problem-entry.ts';

/** What a caller can mend: status 4xx. */
export const requestProblems = {
  'unreadable-body': {
    status: 400,
    title: 'The body is not readable',
    remedy: 'Send the media type that Content-Type names, as well-formed UTF-8 JSON.',
  },
  'json-too-deep': {
    status: 400,
    title: 'The JSON is nested too deeply',
    remedy: 'A document may be nested 64 levels deep.',
  },
  'json-too-many-keys': {
    status: 400,
    title: 'The JSON has too many keys',
    remedy: 'A document may hold 10,000 keys (in a batch: each event).',
  },
  'json-duplicate-key': {
    status: 400,
    title: 'An object names a member twice',
    remedy: 'Send each member of an object once: which of two values counts would be a guess.',
  },
  'json-forbidden-key': {
    status: 400,
    title: 'A member name is not allowed',
    remedy: '`__proto__` is refused everywhere.',
  },
  'bad-request': {
    status: 400,
    title: 'The request is not readable',
    remedy: 'Check the request line and headers against the API documentation.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who are you?',
    remedy: 'Send a live token of the right kind as `Authorization: Bearer …`.',
  },
  'sign-in-failed': {
    status: 401,
    title: 'The sign-in failed',
    remedy: 'Name or password is wrong. The answer is the same for both.',
  },
  'second-factor-required': {
    status: 401,
    title: 'A code of the second factor is needed',
    remedy: 'Send `code` as well: six digits of the authenticator app, or a recovery code.',
  },
  'second-factor-wrong': {
    status: 401,
    title: 'The code is wrong',
    remedy: 'Take the code that the app shows now; each works once. Or use a recovery code.',
  },
  'passkey-refused': {
    status: 401,
    title: 'The passkey does not sign in',
    remedy: 'Ask for new options and try again at the same address; or sign in with the password.',
  },
  'association-token-unknown': {
    status: 401,
    title: 'There is no such association token',
    remedy: 'Ask the admin for a new association token and send it unchanged.',
  },
  'setup-token-unknown': {
    status: 401,
    title: 'There is no such setup token',
    remedy: 'Use the link that the first start printed.',
  },
  forbidden: {
    status: 403,
    title: 'You may not',
    remedy: 'Ask the admin for a permission that covers the right named in `detail`.',
  },
  'confirmation-needed': {
    status: 403,
    title: 'Confirm that it is you',
    remedy:
      'This needs a session whose owner was there within the last five minutes, as at a sign-in: send the password ' +
      '(and `code`) or a passkey to `POST /admin/v1/session/confirm`, and then the same request again.',
  },
  'not-found': { status: 404, title: 'Not found', remedy: 'There is nothing here, or it is not yours to know of.' },
  'method-not-allowed': {
    status: 405,
    title: 'This route does not answer that method',
    remedy: 'Use one of the methods in `Allow`.',
  },
  'not-acceptable': { status: 406, title: 'That representation is not to be had', remedy: 'Accept application/json.' },
  'body-too-slow': {
    status: 408,
    title: 'The body came too slowly',
    remedy: 'Send a streamed body without pauses of 10 s and at 1 KiB/s or more: what was stored stays, and is listed.',
  },
  'already-set-up': { status: 409, title: 'The keep is set up already', remedy: 'Sign in instead.' },
  'backup-under-way': {
    status: 409,
    title: 'A backup is being made already',
    remedy: 'Wait until it has ended.',
  },
  'backups-elsewhere': {
    status: 409,
    title: 'Backups of this keep are not made here',
    remedy:
      'Its events are not where its records are. Stop it, and copy both: the database or DATA_DIR of the records, ' +
      'and DATA_DIR of the storage process, or what the program at STORAGE_URL has (docs/deployment.md).',
  },
  'key-changed': {
    status: 409,
    title: 'The signing key is another one by now',
    remedy: 'Read the keys anew: it was rotated meanwhile, and once more would void what is signed with it.',
  },
  'key-configured': {
    status: 409,
    title: 'The signing key is given by the configuration',
    remedy: 'Change SIGNING_KEY and restart; every token is void then.',
  },
  'restore-elsewhere': {
    status: 409,
    title: 'No backup is restored on this page',
    remedy:
      'Not all of this keep is in DATA_DIR: stop it, and run `datakeep restore FILE` with its variables ' +
      '(docs/backup.md).',
  },
  'restore-under-way': {
    status: 409,
    title: 'A backup is being restored already',
    remedy: 'Wait until it has ended; the keep starts anew then.',
  },
  'backup-schedule-configured': {
    status: 409,
    title: 'The schedule of backups is set by variables',
    remedy: 'Change BACKUP_SCHEDULE and BACKUP_KEEP where the keep is started, or unset them to set it here.',
  },
  'second-factor-enabled': {
    status: 409,
    title: 'The second factor is on already',
    remedy: 'Turn it off first.',
  },
  'passkeys-full': { status: 409, title: 'There are 20 passkeys', remedy: 'Remove one that is not used any more.' },
  'passkeys-unavailable': {
    status: 409,
    title: 'No passkey works at this address of the keep',
    remedy: 'Open the address that `detail` names, or set PUBLIC_URL to an https address with a name.',
  },
  'name-taken': { status: 409, title: 'The name is taken', remedy: 'Choose another name.' },
  'profile-differs': {
    status: 409,
    title: 'The profile exists with another schema',
    remedy: 'Register the new schema under a new name.',
  },
  'profile-in-use': {
    status: 409,
    title: 'The profile is in use',
    remedy: 'Delete its events, and the view instances that need it, first.',
  },
  'identifier-conflict': {
    status: 409,
    title: 'The identifier is taken by other content',
    remedy: 'Send the content that was first sent under this identifier, or another identifier.',
  },
  'view-not-permitted': {
    status: 409,
    title: 'The view instance is not permitted to run yet',
    remedy: 'Every profile of the template needs an approved permission of this instance.',
  },
  'view-template-in-use': {
    status: 409,
    title: 'View instances use this template',
    remedy: 'Delete the instances first.',
  },
  'run-finished': {
    status: 409,
    title: 'The run has finished',
    remedy: 'Only a queued or running run can be cancelled.',
  },
  'permission-decided': {
    status: 409,
    title: 'The permission is not in a state for that',
    remedy: 'Read the permission again; its status forbids this step.',
  },
  'index-decided': {
    status: 409,
    title: 'The index is not in a state for that',
    remedy: 'Read the index again; its state forbids this step.',
  },
  'association-token-spent': {
    status: 410,
    title: 'The association token is spent',
    remedy: 'It was used, voided or has expired. Ask the admin for a new one.',
  },
  'setup-token-spent': {
    status: 410,
    title: 'The setup token is spent',
    remedy: 'The keep has been set up. Sign in instead.',
  },
  'changes-gone': {
    status: 410,
    title: 'The changes after that place are no longer kept',
    remedy: 'Read the events anew, from a request without `since` on: changes are kept for 30 days.',
  },
  'version-mismatch': {
    status: 412,
    title: 'The event has another version',
    remedy: 'Read the event again and send its ETag as If-Match.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Send at most what `detail` names, in several requests.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'That media type or encoding is not read here',
    remedy: 'Send application/json without a Content-Encoding.',
  },
  'misdirected-request': {
    status: 421,
    title: 'The keep is not known by that name',
    remedy: 'Use an address that it is known by, or set PUBLIC_URL or ALLOWED_HOSTS to add this one.',
  },
  invalid: {
    status: 422,
    title: 'Readable, but invalid',
    remedy: 'Each entry of `errors` names a place (JSON Pointer) and what is wrong there.',
  },
  'too-many-groups': {
    status: 422,
    title: 'The aggregation has too many groups',
    remedy:
      'Group by less, or narrow the filter: at most 10,000 groups, 250,000 distinct values in all of them, ' +
      'and 16 MiB of text.',
  },
  'if-match-required': {
    status: 428,
    title: 'If-Match is required',
    remedy: "Send the event's ETag, or `*` to overwrite whatever is there.",
  },
  'rate-limited': { status: 429, title: 'Too many requests', remedy: 'Wait for the seconds that Retry-After names.' },
  'sign-in-throttled': {
    status: 429,
    title: 'Too many failed sign-ins',
    remedy: 'Wait for the seconds that Retry-After names.',
  },
  'run-queue-full': {
    status: 429,
    title: 'Too many runs are waiting',
    remedy: 'Wait for the seconds that Retry-After names. No run was made.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many streams are open',
    remedy: 'Close one first: an app may have 10 streams of changes open at once.',
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', remedy: 'Headers may take 16 KiB in all.' },
  internal: { status: 500, title: 'Something broke here', remedy: "The keep's log has an entry with this `instance`." },
} as const satisfies Record<string, ProblemEntry>;
