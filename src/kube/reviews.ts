import type { AccessRules, Identity } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import { cleanLine } from './clean';

/** What the credentials themselves tell about the one who signs in; see Identity for the fields. */
export type SignIn = Pick<Identity, 'method' | 'provider' | 'expiresAtMs'>;

const nameLimit = 1_024;
/** More rules than any role has; a server that sends more is not listened to for longer. */
const ruleLimit = 10_000;

function names(value: JsonValue | undefined): string[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[])
        .slice(0, ruleLimit)
        .filter((item) => typeof item === 'string')
        .map((item) => cleanLine(item, nameLimit))
    : [];
}

/** Reads the answer to a SelfSubjectReview. */
export function identityOf(review: JsonObject, signIn: SignIn): Identity {
  const user = isJsonObject(review['status']) && isJsonObject(review['status']['userInfo']) ? review['status']['userInfo'] : {};
  const extra = isJsonObject(user['extra']) ? user['extra'] : {};
  const uid = user['uid'];
  return {
    user: typeof user['username'] === 'string' ? cleanLine(user['username'], nameLimit) : '',
    ...(typeof uid === 'string' && uid !== '' ? { uid: cleanLine(uid, nameLimit) } : {}),
    groups: names(user['groups']),
    // fromEntries defines own properties, so that a key such as __proto__ stays plain data.
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [cleanLine(key, nameLimit), names(values)])),
    ...signIn,
  };
}

/** Reads the answer to a SelfSubjectRulesReview; what may be done to plain URLs is left out. */
export function rulesOf(review: JsonObject): AccessRules {
  const status = isJsonObject(review['status']) ? review['status'] : {};
  const listed = Array.isArray(status['resourceRules']) ? (status['resourceRules'] as readonly JsonValue[]) : [];
  const rules = listed.filter(isJsonObject);
  return {
    rules: rules.slice(0, ruleLimit).map((rule) => ({
      verbs: names(rule['verbs']),
      groups: names(rule['apiGroups']),
      resources: names(rule['resources']),
      names: names(rule['resourceNames']),
    })),
    incomplete: status['incomplete'] !== false || rules.length > ruleLimit,
  };
}
