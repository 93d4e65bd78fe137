// Failures as the Kubernetes API tells them: a Status object with code, reason, message and causes.

export interface StatusCause {
  /** For example FieldValueInvalid, FieldManagerConflict. */
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface StatusObject {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { resourceVersion?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** Thrown by anything that serves a request; the server answers with its `status`. */
export class ApiError extends Error {
  readonly status: StatusObject;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details !== undefined && Object.keys(details).length > 0 ? { details } : {}),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

/** Which resource a failure is about; any ResourceType of the openapi room will do. */
export interface ResourceName {
  group: string;
  plural: string;
}

export function qualified(of: ResourceName): string {
  return of.group === '' ? of.plural : `${of.plural}.${of.group}`;
}

function detailsOf(of: ResourceName, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(of.group === '' ? {} : { group: of.group }), kind: of.plural };
}

export function notFound(of: ResourceName, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name));
}

export function alreadyExists(of: ResourceName, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name));
}

export function conflict(of: ResourceName, name: string, text: string): ApiError {
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${text}`, detailsOf(of, name));
}

export function modifiedConflict(of: ResourceName, name: string): ApiError {
  return conflict(of, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function forbidden(of: ResourceName, name: string, text: string, causes?: StatusCause[]): ApiError {
  const details = detailsOf(of, name);
  if (causes) details.causes = causes;
  return new ApiError(403, 'Forbidden', `${qualified(of)}${name === '' ? '' : ` "${name}"`} is forbidden: ${text}`, details);
}

/** 422. The message lists the causes the way the real server does; `kind` is the kind's name, not the plural. */
export function invalid(group: string, kind: string, name: string, causes: StatusCause[]): ApiError {
  const lines = causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const shown = group === '' ? kind : `${kind}.${group}`;
  return new ApiError(422, 'Invalid', `${shown} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  });
}

export function methodNotAllowed(text: string): ApiError {
  return new ApiError(405, 'MethodNotAllowed', text);
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function unsupportedMediaType(accepted: string): ApiError {
  return new ApiError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted}`);
}

/** For what a real cluster does and the sandbox does not. It is said, never pretended. */
export function notImplemented(what: string): ApiError {
  return new ApiError(501, 'NotImplemented', `the sandbox does not implement ${what}`);
}

/** For a path within a served group version that names nothing. */
export function pageNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}
