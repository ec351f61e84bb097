import { DatakeepError, maxReportedErrors, type InputError, type PlaceCode } from '@datakeep/kernel';

/** Gathers what is wrong with an input, up to what an answer reports. */
export class Places {
  readonly errors: InputError[] = [];

  add(pointer: string, code: PlaceCode, detail: string): void {
    if (this.errors.length < maxReportedErrors) this.errors.push({ pointer, code, detail });
  }

  throwIfAny(): void {
    if (this.errors.length > 0) throw DatakeepError.invalid(this.errors);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a string takes more UTF-8 bytes than `bytes`; counts them only where the length leaves it open. */
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
