import type { Clock } from '../../core/clock.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import type { ReaderFor } from '../../core/outcome-reader.ts';
import { joinPolicies } from '../../core/pipeline.ts';
import type { Policy } from '../../core/policy.ts';
import { controlledBy } from '../control-part.ts';
import { isThrottled } from '../rate-limit/lane.ts';
import { tokenBucket } from '../rate-limit/token-bucket.ts';
import { ScopeUsage, type Order } from './scope-usage.ts';
import { usageControl } from './usage-control.ts';
import {
  readUsageLimitsOptions,
  type UsageLimitOptions,
  type UsageLimitsOptions,
} from './usage-limits-options.ts';
import type { Amounts, UsageListener, UsageSource } from './usage-source.ts';
import { waitForUsage } from './wait-for-usage.ts';

/**
 * Keeps calls to limits in any units, several at once: each takes its estimated cost of all limits
 * before it starts, and is settled by what its answer says that it used.
 *
 * @param sourceFor - how requests and answers are read
 * @throws {@link OptionError} for options that cannot work.
 */
export function usageLimitsReadBy(
  sourceFor: (clock: Clock) => UsageSource,
  options: UsageLimitsOptions,
  readerFor: ReaderFor,
): Policy {
  const settings = readUsageLimitsOptions(options);
  const { clock, onEvent, limits } = settings;
  const source = sourceFor(clock);
  const scopes = new KeyedStore<ScopeUsage>(
    settings.maxKeys,
    () => new ScopeUsage(clock, limits),
    ({ isIdle }) => (isIdle ? -Infinity : Infinity),
  );
  /** The functions that read what was used; limits may share one. */
  const settlers = new Set(limits.flatMap(({ settle }) => settle ?? []));

  const usageGate: Gate<Order> = {
    onEvent,
    enter(context) {
      const usage = scopes.use(context.scope);
      usage.key ??= context.key;
      const order = usage.orderOf(context, () => source.requestOf(context));
      if (usage.tooSmallFor(order) === undefined && usage.tryTake(order)) return order;
      return waitForUsage(order, context, settings);
    },
    left(order, attempt, context) {
      const { usage } = order;
      const { classification, threw } = attempt;
      const isSent = context.record.startedOn !== undefined;
      if (isSent && threw === false && classification !== undefined) {
        usage.announced(source.announced(attempt.value), order, classification);
      }
      if (!isSent || classification?.unprocessed) {
        usage.giveBack(order, isSent && classification?.status !== undefined);
      } else if (threw === false && classification?.category === 'success' && settlers.size > 0) {
        attempt.value = source.watch(attempt.value, new Settlement(order, settlers));
      } else {
        usage.settle(order, NOTHING_READ);
      }
      if (isSent && classification !== undefined) {
        if (isThrottled(classification)) usage.throttled(order);
        else if (classification.category === 'success') usage.accepted(order);
      }
      usage.line.serve();
    },
    holdsBack: (context) => (scopes.peek(context.scope)?.line.length ?? 0) > 0,
  };
  controlledBy(usageGate, usageControl(scopes, clock));
  // What the server accepts beside these limits the token bucket in front finds out.
  return joinPolicies(
    [tokenBucket({ clock, onEvent, learnRate: false }), policyOf([usageGate], { clock })],
    readerFor,
  );
}

type Settler = NonNullable<UsageLimitOptions['settle']>;

/**
 * Settles a call when its answer has been read, which may be long after it has left. It does not lead
 * to the answer: one that nobody holds any more is given up.
 */
class Settlement implements UsageListener {
  readonly #order: Order;
  readonly #settlers: ReadonlySet<Settler>;
  readonly #used = new Map<unknown, Amounts | undefined>();

  constructor(order: Order, settlers: ReadonlySet<Settler>) {
    this.#order = order;
    this.#settlers = settlers;
  }

  message(json: unknown): void {
    for (const settle of this.#settlers) {
      const before = this.#used.get(settle);
      this.#used.set(settle, settle(json, before) ?? before);
    }
  }

  end(how: 'whole' | 'cut-short'): void {
    const { usage } = this.#order;
    usage.settle(this.#order, this.#used, how);
    usage.line.serve();
  }
}

const NOTHING_READ: ReadonlyMap<unknown, Amounts | undefined> = new Map();
