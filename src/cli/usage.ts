/** The program cannot do this as it was asked. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text that `holdfast --help` prints. */
export const HELP = `holdfast explain: the classification of a failed HTTP response or a thrown error, and why

Usage
  holdfast explain [options] [file]
  curl -si https://api.example.com/… | holdfast explain --url https://api.example.com/ -

It reads a file, or standard input ("-", or nothing where standard input is piped): what \`curl -i\`
or \`curl -v … 2>&1\` prints, or an error as JSON or as Node prints it. Options go before what is read.

Options
  --status <code>         the HTTP status
  --header '<name>: <value>'
                          a header field; may be given several times
  --body <text>           the body; @file reads it from a file
  --url <url>             where it came from: chooses the catalog as byHost does
  --catalog <name>        the provider's catalog, or "none"
  --method <method>       the request's method: decides what may be repeated
                          [that of the input, or GET]
  --now <time>            when it arrived, as epoch milliseconds or a date
                          [its Date header, otherwise the current time]
  --max-retries <n>       how many retries the schedule shows  [3, the default]
  --json                  print JSON
  --version               print the version
  --help                  print this

Exit code
  0  explained   1  the input could not be read   2  wrong usage
`;
