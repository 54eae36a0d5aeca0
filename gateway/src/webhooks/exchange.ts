import type { Timers } from '@tessera/lib/timers'
import type { Dispatcher } from 'undici'

/** What one request got, as far as it got. */
export interface Reply {
  status: number | null
  retryAfter: string | null
  /** The beginning of the body. */
  start: Buffer
  timedOut: boolean
  fault: Error | null
}

const readBytesMax = 64 * 1024
/** More than is shown, so that a number that ends beyond the shown part is still seen whole and masked. */
const keptBytesMax = 2 * 1024

/**
 * Sends one request and reads at most 64 KB of the answer. One deadline covers everything from name look-up to the last
 * byte: a receiver that sends a byte now and then gains nothing. Once there is a status line it stands, whatever
 * becomes of the body.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  limits: { timers: Timers; timeoutMs: number },
): Promise<Reply> {
  return new Promise((resolve) => {
    const reply: Reply = { status: null, retryAfter: null, start: Buffer.alloc(0), timedOut: false, fault: null }
    const kept: Buffer[] = []
    let readBytes = 0
    let keptBytes = 0
    let settled = false
    let controller: Dispatcher.DispatchController | null = null
    const deadline = limits.timers.after(limits.timeoutMs, () => {
      reply.timedOut = true
      cut()
    })

    function settle(): void {
      if (settled) return
      settled = true
      deadline.cancel()
      reply.start = Buffer.concat(kept)
      resolve(reply)
    }
    function cut(): void {
      settle()
      controller?.abort(new Error('enough was read'))
    }

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started
        // The deadline passed while the connection was being made: nothing is sent any more.
        if (settled) cut()
      },
      onResponseStart(_controller, status, headers) {
        if (status < 200) return
        reply.status = status
        const { 'retry-after': retryAfter } = headers
        reply.retryAfter = typeof retryAfter === 'string' ? retryAfter : null
      },
      onResponseData(_controller, chunk) {
        readBytes += chunk.length
        if (keptBytes < keptBytesMax) {
          const piece = Buffer.from(chunk.subarray(0, keptBytesMax - keptBytes))
          kept.push(piece)
          keptBytes += piece.length
        }
        if (readBytes >= readBytesMax) cut()
      },
      onResponseEnd: settle,
      onResponseError(_controller, error) {
        if (!settled) reply.fault = error
        settle()
      },
    })
  })
}
