/** What one check found. `advice` says what to do. */
export interface Finding {
  readonly check: string;
  readonly state: 'well' | 'warning' | 'fault';
  readonly found: string;
  readonly advice?: string;
}

export const well = (check: string, found: string): Finding => ({ check, state: 'well', found });

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'warning',
  found,
  advice,
});

export const fault = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'fault',
  found,
  advice,
});
