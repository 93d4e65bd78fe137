import type { StatusCause } from '../../apiStatus';
import type { Json, JsonMap } from '../../objects';
import { isMap } from '../../objects';

/** Collects what is wrong with an object, in the words and with the reasons of the API server. */
export class FieldErrors {
  readonly causes: StatusCause[] = [];

  #add(reason: string, field: string, message: string): void {
    this.causes.push({ reason, message, field });
  }

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** Like `invalid`, for values that must not be repeated, such as what a Secret holds. */
  invalidHidden(field: string, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: "<secret contents redacted>": ${detail}`);
  }

  notSupported(field: string, value: unknown, allowed: readonly string[]): void {
    this.#add(
      'FieldValueNotSupported',
      field,
      `Unsupported value: ${shown(value)}: supported values: ${[...allowed]
        .sort()
        .map((one) => JSON.stringify(one))
        .join(', ')}`,
    );
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, `Forbidden: ${detail}`);
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${shown(value)}`);
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${shown(value)}`);
  }

  tooLong(field: string, bytes: number): void {
    this.#add('FieldValueTooLong', field, `Too long: may not be more than ${bytes} bytes`);
  }

  tooMany(field: string, count: number, most: number): void {
    this.#add('FieldValueTooMany', field, `Too many: ${count}: must have at most ${most} items`);
  }

  wrongType(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueTypeInvalid', field, `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** Adds an error for each text that a syntax check gave. */
  invalidEach(field: string, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(field, value, detail);
  }

  nonNegative(field: string, value: Json | undefined): void {
    if (typeof value === 'number' && value < 0) this.invalid(field, value, 'must be greater than or equal to 0');
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

export function maps(value: Json | undefined): JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
