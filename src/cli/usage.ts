/** The program cannot do this as it was asked. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text that `holdfast --help` prints. */
export const HELP = `holdfast explain: the classification of a failed HTTP response, and why

Usage
  holdfast explain [options] [file]
  curl -si https://api.example.com/… | holdfast explain --url https://api.example.com/ -

The response comes from a file in the form that \`curl -i\` prints, from standard input ("-", or
nothing where standard input is piped), or from the options below. Options go before what is read.

Options
  --status <code>         the HTTP status
  --header '<name>: <value>'
                          a header field; may be given several times
  --body <text>           the body; @file reads it from a file
  --url <url>             where it came from: chooses the catalog as byHost does
  --catalog <name>        the provider's catalog, or "none"
  --method <method>       the request's method: decides what may be repeated  [GET]
  --now <time>            when it arrived, as epoch milliseconds or a date
                          [its Date header, otherwise the current time]
  --max-retries <n>       how many retries the schedule shows  [3, the default of retry()]
  --json                  print JSON
  --help                  print this

Exit code
  0  explained   1  the input could not be read   2  wrong usage
`;
