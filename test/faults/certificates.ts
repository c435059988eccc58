import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate that it signed itself. */
export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Whether certificates can be made here; if not, a line says what is missing. */
export function canMakeCertificates(): boolean {
  const isThere = spawnSync('openssl', ['version']).status === 0;
  if (!isThere) {
    process.stderr.write(
      'skipped: no openssl on this machine (Debian: apt-get install -y openssl)\n',
    );
  }
  return isThere;
}

/**
 * Makes a certificate that is valid for a day.
 *
 * @param name - whom it is for, as `subjectAltName` spells it: `IP:127.0.0.1`
 */
export function selfSigned(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1';
    const names = ['-subj', '/CN=holdfast test', '-addext', `subjectAltName=${name}`];
    const files = ['-keyout', key, '-out', cert];
    const { status, stderr } = spawnSync('openssl', [
      'req',
      ...request.split(' '),
      ...names,
      ...files,
    ]);
    if (status !== 0) throw new Error(`openssl made no certificate: ${String(stderr)}`);
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
