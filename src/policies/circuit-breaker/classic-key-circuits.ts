import type { Attempt } from '../../core/attempt.ts';
import type { Classification } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { Routes } from '../blame.ts';
import { healthIn, hasBegunStream, type CircuitRefusal, type Settled } from './circuit-gate.ts';
import type { CircuitsOfKey } from './circuit-state.ts';
import type { ClassicCircuit, Ticket } from './classic-circuit.ts';

/** Lets an attempt through whose route has a circuit of its own. */
export class RoutePass {
  readonly ticket: Ticket;
  readonly own: ClassicCircuit;
  readonly ownTicket: Ticket;

  constructor(ticket: Ticket, own: ClassicCircuit, ownTicket: Ticket) {
    this.ticket = ticket;
    this.own = own;
    this.ownTicket = ownTicket;
  }

  get state(): Ticket['state'] {
    const { state } = this.ownTicket;
    return state.kind === 'closed' ? this.ticket.state : state;
  }
}

export type Pass = Ticket | RoutePass;

/** The classic circuit of one key, and those of the routes that fail while the others of the key answer. */
export class ClassicKeyCircuits implements CircuitsOfKey {
  readonly circuit: ClassicCircuit;
  readonly #newCircuit: (route?: string) => ClassicCircuit;
  #routes: Routes<ClassicCircuit> | undefined;

  /** @param newCircuit - makes the circuit of a route, or the key's own where none is named */
  constructor(newCircuit: (route?: string) => ClassicCircuit) {
    this.circuit = newCircuit();
    this.#newCircuit = newCircuit;
  }

  /** Nobody waits: whoever is not let through is refused. */
  readonly waiting = 0;

  longestWaitMs(): number {
    return 0;
  }

  get endsAt(): number {
    let latest = this.circuit.endsAt;
    for (const [, own] of this.#routes?.entries() ?? []) latest = Math.max(latest, own.endsAt);
    return latest;
  }

  routes(): Iterable<[route: string, own: ClassicCircuit]> {
    return this.#routes?.entries() ?? [];
  }

  admit(context: Context, now: number): Pass | CircuitRefusal {
    const { circuit } = this;
    const own = this.#ownOf(context);
    if (own === undefined) {
      const ticket = circuit.admit(now);
      return 'retryAfterMs' in ticket ? { ...ticket, by: circuit } : ticket;
    }
    const ownTicket = own.admit(now);
    if ('retryAfterMs' in ownTicket) return { ...ownTicket, by: own };
    const ticket = circuit.admit(now);
    if (!('retryAfterMs' in ticket)) return new RoutePass(ticket, own, ownTicket);
    own.settle(ownTicket, 'unknown', now);
    return { ...ticket, by: circuit };
  }

  /** The pass of a closed circuit, for which nobody need look at a clock or ask for a route. */
  get freePass(): Pass | undefined {
    return this.#routes?.blaming ? undefined : this.circuit.freeTicket;
  }

  latePass(): Pass | undefined {
    return this.circuit.freeTicket;
  }

  /** For how long nobody will be let through, in milliseconds; 0 unless a circuit is open. */
  refusesForMs(context: Context, now: number): number {
    const own = this.#ownOf(context)?.refusesForMs(now) ?? 0;
    return Math.max(this.circuit.refusesForMs(now), own);
  }

  /** Takes an outcome in. */
  settle(
    pass: Pass,
    attempt: Attempt,
    classification: Classification,
    context: Settled,
    now: number,
  ): void {
    const routed = pass instanceof RoutePass ? pass : undefined;
    const ticket = routed === undefined ? pass : routed.ticket;
    const health =
      hasBegunStream(classification) && pass.state.kind === 'closed'
        ? 'unknown'
        : healthIn(attempt, classification);
    const votes = context.record.kind === 'first-try';
    // A probe decides, whoever makes it; else only first tries count.
    if (routed !== undefined && (votes || routed.ownTicket.state.kind === 'half-open')) {
      routed.own.settle(routed.ownTicket, health, now, classification);
    }
    if (ticket.state.kind === 'half-open') {
      this.circuit.settle(ticket, health, now, classification);
    } else if (!votes || health === 'unknown') {
      return;
    } else if (health === 'healthy') {
      this.circuit.settle(ticket, health, now);
      if (this.#routes?.watching) this.#routes.passed(context.route, now);
    } else {
      this.#failed(ticket, classification, context, now, routed?.own);
    }
  }

  close(): void {
    this.circuit.close();
    for (const [, own] of this.routes()) own.close();
    this.#routes = undefined;
  }

  #ownOf(context: Context): ClassicCircuit | undefined {
    return this.#routes?.blaming ? this.#routes.of(context.route) : undefined;
  }

  #failed(
    ticket: Ticket,
    classification: Classification,
    context: Settled,
    now: number,
    counted: ClassicCircuit | undefined,
  ): void {
    const routes = (this.#routes ??= new Routes<ClassicCircuit>(
      (route, failures) => {
        const circuit = this.#newCircuit(route);
        circuit.hasFailed(Math.max(failures - 1, 0));
        return circuit;
      },
      (circuit) => circuit.endsAt,
    ));
    // A connection that never stood is no fault of a route.
    const neverStood = classification.unprocessed && classification.decidedBy === 'network';
    const own = routes.failed(neverStood ? '' : context.route, now);
    if (own !== undefined) {
      // Sent before the route had a circuit of its own.
      const late = own === counted ? undefined : own.freeTicket;
      if (late !== undefined) own.settle(late, 'failing', now, classification);
      return;
    }
    this.circuit.settle(ticket, 'failing', now, classification, (which) => {
      const guilty = routes.singleOut(which);
      guilty?.trip(now, classification);
      return guilty !== undefined;
    });
  }
}
