/**
 * Takes comments and indentation out of the scripts for Redis: a user's bundler leaves them in, and
 * clients send them. A script stands in a constant that is named `…_SCRIPT`.
 */
export const shortenScripts = (source: string): string =>
  source.replaceAll(
    /(?<=_SCRIPT = `)[^`]*(?=`)/g,
    (script) =>
      script
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('--'))
        .join('\n') + '\n',
  );
