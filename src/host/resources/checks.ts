import * as z from 'zod/mini';
import type { Check } from '../../shared/channel';
import type { ObjectRef } from '../../shared/kubeObject';
import { resourceActions } from '../../shared/resource';
import type { ResourceRequests } from '../../shared/resourceProtocol';

const short = z.string().check(z.maxLength(300));
const nothing = z.strictObject({}) satisfies z.ZodMiniType<Record<string, never>>;
const ref = z.strictObject({ apiVersion: short, kind: short, namespace: short, name: short }) satisfies z.ZodMiniType<ObjectRef>;

const requests: { readonly [K in keyof ResourceRequests]: z.ZodMiniType<ResourceRequests[K]['params']> } = {
  ready: nothing,
  reconnect: nothing,
  act: z.strictObject({ action: z.enum(resourceActions) }),
  openResource: z.strictObject({ ref }),
  openYaml: nothing,
};

/** Checks of what the page of a resource may say, by request and event name. */
export const resourceChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries({ ...requests, fault: z.strictObject({ message: z.string().check(z.maxLength(10_000)) }) }).map(([name, schema]) => [
    name,
    (value: unknown) => z.parse(schema, value),
  ]),
);

const place = z.strictObject({ cluster: short, folder: z.string().check(z.maxLength(4096)), ref, view: z.enum(['yaml', 'describe']) });

/** What an address of a virtual document names. @throws when it is no such address */
export function documentPlace(query: string): z.infer<typeof place> {
  return z.parse(place, JSON.parse(query));
}
