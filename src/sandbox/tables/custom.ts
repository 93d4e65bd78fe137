// Tables of custom kinds: the columns that their definition asks for, or name and age.
import type { CustomKind } from '../custom/definitions';
import { valueAt } from '../custom/jsonPath';
import { isMap, type Json, type KubeObject } from '../objects';
import { ageOf, column, since, type Cell, type Column, type Printer } from './columns';

const made = new WeakMap<CustomKind, Printer>();

export function customPrinter(custom: CustomKind): Printer {
  const known = made.get(custom);
  if (known !== undefined) return known;
  const printer = printerFor(custom);
  made.set(custom, printer);
  return printer;
}

function printerFor({ columns }: CustomKind): Printer {
  if (columns.length === 0) {
    return { columns: [column('Name'), column('Age')], cells: (object, nowMs) => [object.metadata.name, ageOf(object, nowMs)] };
  }
  const own: Column[] = columns.map(({ name, type, priority }) =>
    column(name, { type: type === 'integer' || type === 'boolean' ? type : 'string', format: '', priority: (priority ?? 0) > 0 ? 1 : 0 }),
  );
  return {
    columns: [column('Name'), ...own],
    cells: (object: KubeObject, nowMs) => [
      object.metadata.name,
      ...columns.map(({ jsonPath, type }) => cellOf(valueAt(jsonPath, object as unknown as Json), type, nowMs)),
    ],
  };
}

function cellOf(value: Json | undefined, type: string, nowMs: number): Cell {
  if (value === undefined || value === null) return '';
  if (type === 'date') return typeof value === 'string' ? since(value, nowMs) : '<unknown>';
  return isMap(value) || Array.isArray(value) ? JSON.stringify(value) : value;
}
