import type { Reading } from './reading.ts';
import { outcomeReader } from './outcome-reader.ts';
import { routeOf } from './route.ts';
import { scopeOf } from './scope.ts';

/** How `holdfast` reads calls: with the whole classifier, with a limit for each credential and a name for each route. */
export const WHOLE_READING: Reading = { readerOf: outcomeReader, scopeOf, routeOf };
