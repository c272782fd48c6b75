import type { AlarmOrder, AlarmVerb } from '../../twins/alarmApi';
import { isUnacknowledged, type AlarmEntry } from '../../twins/alarms';

export const shelveMinutes = [30, 120, 480] as const;

/** What an operator has typed; which of it an action needs is decided here. */
export interface OrderFields {
  readonly by: string;
  readonly comment: string;
  readonly reason: string;
  readonly minutes: number;
  readonly oneShot: boolean;
  readonly to: string;
}

export type MissingField = 'by' | 'reason' | 'to';

/** What may be done with an entry now; the server has the last word. */
export function verbsFor(entry: AlarmEntry): readonly AlarmVerb[] {
  const acknowledge: AlarmVerb[] = isUnacknowledged(entry) ? ['acknowledge'] : [];
  // An incident is acknowledged as a whole; everything else is done to its alarms.
  if (entry.kind === 'incident') return acknowledge;
  switch (entry.state) {
    case 'shelved': return ['unshelve'];
    case 'suppressed': return ['out-of-service'];
    case 'outOfService': return ['return-to-service'];
    case 'latchedAck': return ['reset', 'assign', 'out-of-service'];
    default: return [...acknowledge, 'shelve', 'assign', 'out-of-service'];
  }
}

export const needsReason = (verb: AlarmVerb): boolean => verb === 'shelve' || verb === 'out-of-service';

/** The order to send, or what is missing for it. */
export function orderOf(verb: AlarmVerb, fields: OrderFields): AlarmOrder | MissingField {
  const [by, comment, reason, to] = [fields.by, fields.comment, fields.reason, fields.to].map((text) => text.trim());
  if (!by) return 'by';
  if (needsReason(verb) && !reason) return 'reason';
  if (verb === 'assign' && !to) return 'to';
  return {
    by,
    ...(comment ? { comment } : {}),
    ...(needsReason(verb) && reason ? { reason } : {}),
    ...(verb === 'shelve' ? { minutes: fields.minutes, oneShot: fields.oneShot } : {}),
    ...(verb === 'assign' && to ? { to } : {}),
  };
}
