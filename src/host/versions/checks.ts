import * as z from 'zod/mini';
import type { Check } from '../../shared/channel';
import type { CompareRequests } from '../../shared/compareProtocol';

const nothing = z.strictObject({}) satisfies z.ZodMiniType<Record<string, never>>;
const side = z.enum(['ours', 'theirs']);
const key = z.string().check(z.maxLength(2000));

const requests: { readonly [K in keyof CompareRequests]: z.ZodMiniType<CompareRequests[K]['params']> } = {
  ready: nothing,
  openText: nothing,
  restore: nothing,
  retryFrom: z.strictObject({ nodeId: z.string().check(z.maxLength(300)) }),
  resolve: z.strictObject({ picks: z.record(key, side) }),
  takeSide: z.strictObject({ side }),
  choose: z.strictObject({ key, value: z.string().check(z.maxLength(100)) }),
  importInto: z.strictObject({ target: z.string().check(z.maxLength(300)) }),
  applyImport: nothing,
  openSource: z.strictObject({ file: z.string().check(z.maxLength(4096)), line: z.int().check(z.nonnegative()) }),
};

/** Checks of what a comparison page may say, by request and event name. */
export const compareChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries({ ...requests, fault: z.strictObject({ message: z.string().check(z.maxLength(10_000)) }) }).map(([name, schema]) => [
    name,
    (value: unknown) => z.parse(schema, value),
  ]),
);
