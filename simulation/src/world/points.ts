/** What must have happened at least now and then, or a run has shown nothing of it. */
export const points = [
  'answer after its time-out',
  'acquirer carried out late',
  'acquirer answered nonsense after it was done',
  'request sent twice to the acquirer',
  'fence before send',
  'send before fence',
  'send stopped by a fence',
  'claim repeated',
  'reply of the vault lost',
  'vault crashed',
  'vault lost its short-lived data',
  'vault restored',
  'gateway crashed',
  'crash with a payment in flight',
  'commit A done, answer lost',
  'commit B done, answer lost',
  'serialization failure',
  'waited for a lock',
  'database away',
  'acquirer away',
  'decision lost to another',
  'key taken',
  'answer replayed',
  'key in use',
  'key of another request refused',
  'reversal after giving up',
  'approval after giving up',
  'declined as never processed',
  'refund pending',
  'refund failed',
  'capture and void at once',
  'partial capture',
  'saved card charged',
  'webhook delivered again',
  'webhook delivered twice',
  'webhook asked for again',
  'clock jumped',
  'shopper never came',
  'shopper in two tabs',
  'shopper canceled',
  'shopper left the issuer',
  'return of the browser repeated',
  'void while the shopper authenticates',
  'issuer reported late',
  'issuer reported twice',
  'issuer never reported',
  'issuer contradicted itself',
  'answer of the issuer lost',
  'result of an issuer refused',
  'charged with a proof',
  'authentication ended too late',
  'asked to authenticate after a decline',
  'server payment confirmed',
  'server payment changed before it was confirmed',
  'server payment never confirmed',
  'paid out',
  'refund settled',
  'dispute won',
  'dispute lost',
  'refund refused for a dispute',
] as const
export type Point = (typeof points)[number]

export class Points {
  readonly hits = new Map<Point, number>()

  hit(point: Point): void {
    this.hits.set(point, (this.hits.get(point) ?? 0) + 1)
  }

  add(other: Iterable<readonly [Point, number]>): void {
    for (const [point, count] of other) this.hits.set(point, (this.hits.get(point) ?? 0) + count)
  }

  missing(): Point[] {
    return points.filter((point) => !this.hits.has(point))
  }
}
