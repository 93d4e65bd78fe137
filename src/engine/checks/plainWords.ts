/** How the API server begins an explanation, and the same in words that a person understands at once. */
const plain: readonly (readonly [string, string])[] = [
  ['a lowercase RFC 1123 label', 'use lower-case letters, digits and "-", beginning and ending with a letter or digit'],
  ['a lowercase RFC 1123 subdomain', 'use lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit'],
  ['a DNS-1035 label', 'use lower-case letters, digits and "-", beginning with a letter and ending with a letter or digit'],
  ['a wildcard DNS-1123 subdomain', 'it begins with "*." and goes on as a host name, such as *.example.com'],
  ['a valid label must be', 'a label has letters, digits, "-", "_" and ".", beginning and ending with a letter or digit'],
  ['a qualified name must', 'a name here has letters, digits, "-", "_" and ".", with at most one "/" behind a DNS name'],
  ['name part must consist', 'a name here has letters, digits, "-", "_" and ".", beginning and ending with a letter or digit'],
  ['prefix part a lowercase', 'before the "/" stands a DNS name in lower-case letters'],
  ['a valid config key', 'a key has letters, digits, "-", "_" and "."'],
  ['a valid environment variable name', 'the name of a variable has printable ASCII characters other than "="'],
  ['a valid percent string', 'it is a whole number, or a part of the whole such as "25%"'],
  ['`selector` does not match template `labels`', 'the labels of the pods must have everything that the selector asks for'],
  ['must specify a handler type', 'say how to ask: one of exec, httpGet, tcpSocket or grpc'],
  ['may not specify more than 1 handler type', 'only one of exec, httpGet, tcpSocket and grpc can be asked'],
  ['must be unique', 'something else is mounted at the same path already'],
  ['minAvailable and maxUnavailable cannot be both set', 'keep one of minAvailable and maxUnavailable'],
  ['must be greater than or equal to `minReplicas`', 'it may not be below minReplicas'],
  ['must be between 1 and 65535', 'a port is a number from 1 to 65535'],
  ['must be a valid CIDR value', 'an address range is written such as 10.9.8.0/24'],
  ['must be a valid IP address', 'an address is written such as 10.9.8.7'],
  ['must be an absolute path', 'a path begins with "/"'],
  ['must be a relative path', 'the path must not begin with "/"'],
  ["must not contain '..'", 'the path must not lead out by ".."'],
  ['field is immutable', 'it cannot be changed once the object is there'],
];

/** An explanation of the API server without its regular expressions, and in plainer words where there are some. */
export function plainWords(detail: string): string {
  for (const [beginning, words] of plain) if (detail.startsWith(beginning)) return words;
  return detail
    .replace(/ \(e\.g\..*$/s, '')
    .replace(/, regex used for validation is.*$/s, '')
    .replaceAll('`', '"');
}

/** A name that is valid and as near as can be to one that is not; undefined when nothing of it is left. */
export function dnsName(text: string, dots: boolean): string | undefined {
  const made = text
    .toLowerCase()
    .replace(dots ? /[^a-z0-9.-]+/g : /[^a-z0-9-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/(?:^|(?<=\.))-+|-+(?=\.|$)/g, '')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, dots ? 253 : 63)
    .replace(/[-.]+$/, '');
  return made === '' || made === text ? undefined : made;
}
