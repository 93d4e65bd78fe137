import * as z from 'zod/mini';
import type { Check } from '../../shared/channel';
import type { OverviewRequests } from '../../shared/overview';
import { overviewActions } from '../../shared/overview';

const short = z.string().check(z.maxLength(300));
const address = z.string().check(z.maxLength(4096));
const nothing = z.strictObject({}) satisfies z.ZodMiniType<Record<string, never>>;

const requests: { readonly [K in keyof OverviewRequests]: z.ZodMiniType<OverviewRequests[K]['params']> } = {
  ready: nothing,
  openWorkflow: z.strictObject({ id: address, nodeId: z.exactOptional(short) }),
  openRun: z.strictObject({ id: address, runId: short }),
  showCluster: z.strictObject({ id: address }),
  act: z.strictObject({ action: z.enum(overviewActions) }),
};

/** Checks of what the page of the overview may say, by request and event name. */
export const overviewChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries({ ...requests, fault: z.strictObject({ message: z.string().check(z.maxLength(10_000)) }) }).map(([name, schema]) => [
    name,
    (value: unknown) => z.parse(schema, value),
  ]),
);
