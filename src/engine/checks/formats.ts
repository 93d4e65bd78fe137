import type { FieldFormat } from '../../shared/catalog';
import type { ProblemCode } from '../../shared/problem';
import { isTimeZone, nextTime, parseCronSchedule } from '../../openapi/index';
import { dnsLabel, dnsSubdomain } from '../../shared/workflow';
import { modeNumber } from '../kinds/podVolumes';

/** What is wrong with a value of some format. */
export interface FormatFinding {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
}

/** Cores, or thousandths of one. */
const cpu = /^(?:\d+(?:\.\d+)?|\d+m)$/;
/** Bytes with a suffix that the API knows; it takes `k` but not `K`. */
const memory = /^\d+(?:\.\d+)?(?:Ei|Pi|Ti|Gi|Mi|Ki|E|P|T|G|M|k)?$/;
const anyQuantity = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+|Ei|Pi|Ti|Gi|Mi|Ki|E|P|T|G|M|k|m)?$/;
/** A port's name (IANA service name, RFC 6335). */
const portName = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*$/;
/** A key of a ConfigMap or Secret. */
const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;

export const highestPort = 65535;

/** Checks a scalar that has the right type already. `field` is how the message calls it. */
export function formatFinding(format: FieldFormat, value: string | number | boolean, field: string): FormatFinding | undefined {
  const text = String(value);
  const invalid = (detail: string): FormatFinding => ({ code: 'node.invalidValue', args: { field, detail } });
  switch (format) {
    case 'image':
      return text === '' || /\s/.test(text) ? { code: 'node.invalidImage', args: { value: text } } : undefined;
    case 'port':
      if (typeof value === 'string')
        return portName.test(value) ? undefined : invalid('a port is a number, or the name of one (at most 15 lower-case letters, digits and "-")');
      return Number(value) >= 1 && Number(value) <= highestPort
        ? undefined
        : { code: 'node.outOfRange', args: { field, value: text, min: '1', max: String(highestPort) } };
    case 'cpu':
      return cpu.test(text) ? undefined : { code: 'node.invalidQuantity', args: { value: text, resource: 'CPU', example: '500m or 0.5' } };
    case 'memory':
      return memory.test(text) ? undefined : { code: 'node.invalidQuantity', args: { value: text, resource: 'memory', example: '128Mi or 1Gi' } };
    case 'quantity':
      return anyQuantity.test(text) ? undefined : { code: 'node.invalidQuantity', args: { value: text, resource: 'storage', example: '10Gi' } };
    case 'name':
      return dnsSubdomain.test(text) ? undefined : { code: 'node.invalidName', args: { value: text } };
    case 'key':
      return dataKey.test(text) ? undefined : { code: 'node.invalidKey', args: { value: text } };
    case 'path':
      return text.startsWith('/') && !text.includes(':') ? undefined : invalid('a path begins with "/" and has no ":"');
    case 'label':
      return dnsLabel.test(text) ? undefined : { code: 'node.invalidName', args: { value: text } };
    case 'portName':
      return portName.test(text) ? undefined : invalid('the name of a port has at most 15 lower-case letters, digits and "-", and at least one letter');
    case 'amount':
      return /^\d+%?$/.test(text) ? undefined : invalid('it is a number, or a part of the whole such as 25%');
    case 'mode':
      return modeNumber(text) === undefined ? invalid('permissions are three or four octal digits in quotes, such as "0440"') : undefined;
    case 'schedule':
      return scheduleFinding(text, invalid);
    case 'timeZone':
      return isTimeZone(text) ? undefined : invalid(`"${text}" is no time zone; use a name such as Europe/Berlin`);
    case 'host':
      return dnsSubdomain.test(text.replace(/^\*\./, ''))
        ? undefined
        : invalid('a host name has lower-case letters, digits, "-" and ".", such as shop.example.com');
  }
}

/** A schedule as CronJobs take it. The API would take an impossible date too, and the job would never run. */
function scheduleFinding(text: string, invalid: (detail: string) => FormatFinding): FormatFinding | undefined {
  try {
    const schedule = parseCronSchedule(text);
    return nextTime(schedule, leapYearMs) === undefined ? invalid('no date ever fits it') : undefined;
  } catch (error) {
    return invalid(`${error instanceof Error ? error.message : String(error)}; a schedule has five fields, such as "0 3 * * 1-5", or is a name such as @daily`);
  }
}

/** Any moment will do to look from, since the look goes five years ahead: the beginning of 2024. */
const leapYearMs = Date.UTC(2024, 0, 1);

/** Names of labels and annotations: an optional DNS prefix and `/`, then at most 63 letters, digits, `-`, `_` and `.`. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  return (slash < 0 || dnsSubdomain.test(text.slice(0, slash))) && /^(?=.{1,63}$)[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text.slice(slash + 1));
}

export function isLabelValue(text: string): boolean {
  return text === '' || /^(?=.{1,63}$)[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text);
}

/** Names of variables: any printable ASCII but `=`. */
export function isVariableName(text: string): boolean {
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(text);
}

/** Names of Services (RFC 1035 label), stricter than other names: they begin with a letter and have no dots. */
export const serviceName = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
