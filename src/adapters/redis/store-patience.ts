/** After a failure the store is asked again after so long, … */
export const FIRST_RETRY_MS = 100;
/** … later after twice as long each time, up to this. */
export const LAST_RETRY_MS = 1000;
/** A client may keep commands until it is connected: so many stay with it at most, … */
export const MOST_UNANSWERED = 8;
/** … unless it has forgotten the oldest ones. */
export const FORGOTTEN_AFTER_MS = 30_000;
