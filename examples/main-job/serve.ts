import { ONDEMAND_ERROR_CODES, faultyServer } from 'holdfast/testing';

/** Runs a faulty server to try by hand, until Ctrl-C. */
export async function serve(print: (text: string) => void): Promise<void> {
  await using server = await faultyServer();
  const list = `${server.url}/plugin/v1/list`;
  print(`A server that speaks the OnDemand endpoints, and misbehaves as asked: ${server.url}

  curl -i '${list}'
  curl -i '${list}?fault=rate_limit_exceeded,after=2000'
  curl -i '${list}?fault=bad_gateway,envelope=nested,times=2'
  curl -i '${list}?fault=503,after=2000,form=imf-fixdate'
  curl -i '${list}?fault=slow-body,pieces=10,every=300'
  curl -i '${list}?fault=truncated-body,framing=chunked'
  curl -i '${list}' -H 'x-fault: reset,when=mid-body'
  curl -i '${server.refusedUrl}' # refuses every connection

Error codes: ${ONDEMAND_ERROR_CODES.join(', ')}.
Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
  print(`\n${server.counts.requests} requests came.`);
}
