// From the bytes of a request to plain data: JSON, or YAML as kubectl reads it.
import { parse } from 'yaml';
import { badRequest, unsupportedMediaType } from './apiStatus';
import type { Exchange } from './exchange';
import { isMap, type JsonMap } from './objects';
import { objectInProtobuf } from './protobuf/decode';

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const protobuf = 'application/vnd.kubernetes.protobuf';

export function contentTypeOf(exchange: Exchange): string {
  return (exchange.header('content-type').split(';')[0] ?? '').trim().toLowerCase();
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the request body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** YAML 1.1 without the types that JSON lacks: timestamps stay text. */
function parsedYaml(text: string): unknown {
  try {
    return parse(text, {
      version: '1.1',
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary'].includes(tag.tag)),
    });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The body as data. YAML is a superset of JSON, but a JSON text is read by the stricter and faster parser. */
export async function bodyData(exchange: Exchange, yaml: boolean): Promise<unknown> {
  const text = (await exchange.body()).toString('utf8');
  if (!yaml || /^\s*[{[]/.test(text)) return parsedJson(text);
  return parsedYaml(text);
}

/** The object in the body of a create or update. */
export async function objectInBody(exchange: Exchange): Promise<JsonMap> {
  const type = contentTypeOf(exchange);
  if (type === protobuf) return objectInProtobuf(await exchange.body());
  const yaml = type === 'application/yaml';
  if (!yaml && type !== 'application/json' && type !== '' && type !== '*/*') throw unsupportedMediaType(accepted);
  const data = await bodyData(exchange, yaml);
  if (!isMap(data)) throw badRequest('the object provided is unrecognized (must be of type Object)');
  return data;
}

/** The options object in the body of a delete; an empty body means none. */
export async function optionsInBody(exchange: Exchange): Promise<JsonMap> {
  const bytes = await exchange.body();
  if (bytes.length === 0) return {};
  const type = contentTypeOf(exchange);
  if (type === protobuf) return objectInProtobuf(bytes);
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') throw unsupportedMediaType(accepted);
  const text = bytes.toString('utf8');
  const data = type === 'application/yaml' ? parsedYaml(text) : parsedJson(text);
  return isMap(data) ? data : {};
}
