export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
}

/** Beyond this refusals are counted only. */
const mostShown = 100;
const maxNotes = 20;

/** What became of a file so far. */
export class Tally {
  added = 0;
  known = 0;
  refused = 0;
  readonly refusals: RefusedLine[] = [];
  readonly notes: string[] = [];

  refuse(refusal: RefusedLine): void {
    this.refused += 1;
    if (this.refusals.length >= mostShown) return;
    // Batches end in another order than they began.
    const at = this.refusals.findLastIndex(({ line }) => line <= refusal.line) + 1;
    this.refusals.splice(at, 0, { line: refusal.line, reason: refusal.reason });
  }

  note(text: string): void {
    if (this.notes.length < maxNotes && !this.notes.includes(text)) this.notes.push(text);
  }

  /** For a person. */
  lines(): string[] {
    const hidden = this.refused - this.refusals.length;
    return [
      ...this.notes.map((text) => `  ${text}`),
      ...this.refusals.map(({ line, reason }) => `  line ${line}: ${reason}`),
      ...(hidden > 0 ? [`  … and ${hidden.toLocaleString('en')} more`] : []),
    ];
  }
}
