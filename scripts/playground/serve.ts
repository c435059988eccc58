import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page that is being served. */
export interface ServedPage {
  readonly url: string;
  readonly server: Server;
}

/**
 * Serves a page on the loopback. The browser is told to load nothing from anywhere.
 *
 * @param port - 0 for any that is free
 */
export async function servePage(page: string, port: number): Promise<ServedPage> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?');
    if (path !== '/' && path !== '/index.html') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('The page is at /.\n');
      return;
    }
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy':
          "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
      })
      .end(page);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${taken}/`, server };
}
