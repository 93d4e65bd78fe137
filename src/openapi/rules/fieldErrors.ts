import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';

export type FieldErrorType = 'required' | 'invalid' | 'notSupported' | 'forbidden' | 'duplicate' | 'notFound' | 'tooLong' | 'tooMany' | 'wrongType';

/** One thing that is wrong with an object. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** As the API server writes it: `spec.ports[0].name`, `data[key]`; empty for the object as a whole. */
  readonly field: string;
  /** What stands there; undefined where nothing does, or where it must not be repeated. */
  readonly value?: unknown;
  /** What is wrong with it, in the API server's words; may be empty. */
  readonly detail: string;
  /** What would be right, for values out of a closed set. */
  readonly allowed?: readonly string[];
}

/** The same as a cause in a Status of the API. */
export interface FieldCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const reasons: Readonly<Record<FieldErrorType, string>> = {
  required: 'FieldValueRequired',
  invalid: 'FieldValueInvalid',
  notSupported: 'FieldValueNotSupported',
  forbidden: 'FieldValueForbidden',
  duplicate: 'FieldValueDuplicate',
  notFound: 'FieldValueNotFound',
  tooLong: 'FieldValueTooLong',
  tooMany: 'FieldValueTooMany',
  wrongType: 'FieldValueTypeInvalid',
};

/** Collects what is wrong with an object, in the words and with the reasons of the API server. */
export class FieldErrors {
  readonly all: FieldError[] = [];

  get count(): number {
    return this.all.length;
  }

  get causes(): FieldCause[] {
    return this.all.map(causeOf);
  }

  required(field: string, detail = ''): void {
    this.all.push({ type: 'required', field, detail });
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.all.push({ type: 'invalid', field, value: value ?? null, detail });
  }

  /** Like `invalid`, for values that must not be repeated, such as what a Secret holds. */
  invalidHidden(field: string, detail: string): void {
    this.all.push({ type: 'invalid', field, detail });
  }

  notSupported(field: string, value: unknown, allowed: readonly string[]): void {
    this.all.push({ type: 'notSupported', field, value: value ?? null, detail: '', allowed: [...allowed].sort() });
  }

  forbidden(field: string, detail: string): void {
    this.all.push({ type: 'forbidden', field, detail });
  }

  duplicate(field: string, value: unknown): void {
    this.all.push({ type: 'duplicate', field, value: value ?? null, detail: '' });
  }

  notFound(field: string, value: unknown): void {
    this.all.push({ type: 'notFound', field, value: value ?? null, detail: '' });
  }

  tooLong(field: string, bytes: number): void {
    this.all.push({ type: 'tooLong', field, detail: `may not be more than ${bytes} bytes` });
  }

  tooMany(field: string, count: number, most: number): void {
    this.all.push({ type: 'tooMany', field, value: count, detail: `must have at most ${most} items` });
  }

  wrongType(field: string, value: unknown, detail: string): void {
    this.all.push({ type: 'wrongType', field, value: value ?? null, detail });
  }

  /** Adds an error for each text that a syntax check gave. */
  invalidEach(field: string, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(field, value, detail);
  }

  nonNegative(field: string, value: Json | undefined): void {
    if (typeof value === 'number' && value < 0) this.invalid(field, value, 'must be greater than or equal to 0');
  }
}

function causeOf(error: FieldError): FieldCause {
  return { reason: reasons[error.type], message: messageOf(error), field: error.field };
}

function messageOf({ type, value, detail, allowed = [] }: FieldError): string {
  switch (type) {
    case 'required':
      return detail === '' ? 'Required value' : `Required value: ${detail}`;
    case 'invalid':
    case 'wrongType':
      return `Invalid value: ${value === undefined ? '"<secret contents redacted>"' : shown(value)}: ${detail}`;
    case 'notSupported':
      return `Unsupported value: ${shown(value)}: supported values: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`;
    case 'forbidden':
      return `Forbidden: ${detail}`;
    case 'duplicate':
      return `Duplicate value: ${shown(value)}`;
    case 'notFound':
      return `Not found: ${shown(value)}`;
    case 'tooLong':
      return `Too long: ${detail}`;
    case 'tooMany':
      return `Too many: ${shown(value)}: ${detail}`;
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
