const words = /PASSWORD|PASSWD|PASSPHRASE|SECRET|KEY|TOKEN|CREDENTIAL|AUTH|PRIVATE|CERT|DATABASE_URL|DB_URL|(?:^|_)(?:PWD|PASS|DSN)$|CONNECTION_?STRING/;

/**
 * Whether a variable holds what must not be written to a file: by the words of its name, and by a password inside of an address
 * or a private key in its value. Better one time too often than once too few.
 */
export function isSensitive(name: string, value = ''): boolean {
  return words.test(name.toUpperCase()) || /:\/\/[^/\s:@]*:[^/\s@]+@/.test(value) || value.includes('PRIVATE KEY-----');
}
