// Events are stored once and served twice: by the core group, and by events.k8s.io under other field names.
import type { Face, KindInfo } from './kinds';
import type { KubeObject } from './objects';

/** What a field is called in the newer group, and what it is stored as. */
const names = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;
const storedNames: ReadonlyMap<string, string> = new Map(names);
const shownNames: ReadonlyMap<string, string> = new Map(names.map(([shown, stored]) => [stored, shown]));

function renamed(object: KubeObject, apiVersion: string, to: ReadonlyMap<string, string>): KubeObject {
  const fields = Object.entries(object).map(([name, value]) => [to.get(name) ?? name, value] as const);
  return { ...(Object.fromEntries(fields) as KubeObject), apiVersion };
}

/** How events.k8s.io shows the events of the core group, which `of` stands for. */
export function eventFace(of: KindInfo): Face {
  const shown = new WeakMap<KubeObject, KubeObject>();
  return {
    of,
    shown: (object) => {
      // The same stored object always shows as the same one, whose text is then made once.
      const known = shown.get(object);
      if (known !== undefined) return known;
      const made = renamed(object, 'events.k8s.io/v1', shownNames);
      // What the core group says even where it is empty, the newer one leaves out.
      for (const field of ['reportingController', 'reportingInstance']) if (made[field] === '') delete made[field];
      shown.set(object, made);
      return made;
    },
    // The core group's events say their reporting instance and involved object even where they are empty.
    stored: (object) => ({
      involvedObject: {},
      reportingComponent: '',
      reportingInstance: '',
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      ...renamed(object, 'v1', storedNames),
    }),
  };
}
