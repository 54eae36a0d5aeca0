import {
  cardFieldNames,
  connectMessage,
  type FieldReport,
  type FrameLayout,
  type FromFrame,
  frameName,
  type ToFrame,
} from '@tessera/contracts/fields-protocol'
import type { TokenOutcome } from '@tessera/contracts/token-request'
import type {
  CardBrand,
  CreatedToken,
  FieldFault,
  FieldName,
  Fields,
  FieldsEvents,
  FieldsOptions,
  MountPlace,
  SplitPlaces,
} from './public-api.ts'
import { createdToken, tesseraError } from './tessera-error.ts'

interface Host {
  vaultUrl: string
  publishableKey: string
  locale?: string
}

interface Frame {
  element: HTMLIFrameElement
  send(order: ToFrame): void
}

/** After the frame's own document was loaded, so that a slow network does not count. */
const answerWithinMs = 5_000
const unavailable = () =>
  tesseraError({
    code: 'frame_unavailable',
    message: `The card fields did not load. Is ${location.origin} registered for this merchant, and is the key right?`,
  })

export function createFields(host: Host, options: FieldsOptions = {}): Fields {
  const group = Math.random().toString(36).slice(2)
  const listeners = new Set<readonly [name: string, listener: (event: never) => void]>()
  const waiting = new Map<number, (outcome: TokenOutcome) => void>()
  let frames = new Map<FrameLayout, Frame>()
  let reports: Partial<Record<FieldName, FieldReport>> = {}
  let brand: string | null = null
  let ready = 0
  let lastId = 0

  const emit = (name: keyof FieldsEvents, event?: unknown): void => {
    for (const [wanted, listener] of listeners) if (wanted === name) listener(event as never)
  }
  const first = () => frames.get('card') ?? frames.get('number')

  const hear = (layout: FrameLayout, element: HTMLIFrameElement, message: FromFrame): void => {
    if (message.tell === 'ready') {
      element.title = message.title
      ready += 1
      if (ready === frames.size) emit('ready')
    } else if (message.tell === 'height') element.style.height = `${message.px}px`
    else if (message.tell === 'token') waiting.get(message.id)?.(message.outcome)
    else if (message.tell === 'state') {
      reports = { ...reports, ...message.fields }
      if (layout !== 'expiry' && layout !== 'cvc') brand = message.brand
      emit('change', stateOf(reports, brand))
    } else emit(message.tell, 'field' in message ? { field: message.field } : undefined)
  }

  const open = (layout: FrameLayout, place: MountPlace): void => {
    const parent = typeof place === 'string' ? document.querySelector(place) : place
    if (parent === null) throw new TypeError(`There is no element ${place}`)
    const element = document.createElement('iframe')
    const orders: ToFrame[] = [{ do: 'update', ...(options.appearance && { appearance: options.appearance }) }]
    const frame: Frame = { element, send: (order) => void orders.push(order) }
    const { port1, port2 } = new MessageChannel()
    element.name = frameName(group, layout)
    element.src = `${host.vaultUrl}/v1/fields/${layout}?${new URLSearchParams({
      key: host.publishableKey,
      lang: options.locale ?? host.locale ?? (document.documentElement.lang || navigator.language),
      labels: options.labels === false ? '0' : '1',
    })}`
    Object.assign(element.style, { border: 0, display: 'block', width: '100%', height: '0' })
    element.onload = () => {
      element.onload = null
      const timer = setTimeout(() => element.isConnected && emit('error', unavailable()), answerWithinMs)
      port1.onmessage = ({ data }) => {
        clearTimeout(timer)
        hear(layout, element, data)
      }
      for (const order of orders) port1.postMessage(order)
      frame.send = (order) => port1.postMessage(order)
      element.contentWindow?.postMessage(connectMessage, host.vaultUrl, [port2])
    }
    frames.set(layout, frame)
    parent.append(element)
  }

  const fields: Fields = {
    mount(place) {
      if (frames.size > 0) throw new TypeError('These fields are mounted already')
      if (options.layout === 'split') for (const name of cardFieldNames) open(name, (place as SplitPlaces)[name])
      else open('card', place as MountPlace)
      return fields
    },
    unmount() {
      for (const { element } of frames.values()) element.remove()
      for (const settle of waiting.values()) settle({ refusal: { ...unavailable(), requestId: null } })
      frames = new Map()
      reports = {}
      ready = 0
    },
    on(name, listener) {
      const entry = [name, listener] as const
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    focus(field) {
      const frame = frames.get(field ?? 'number') ?? first()
      frame?.element.focus()
      frame?.send({ do: 'focus', ...(field && { field }) })
    },
    clear() {
      for (const frame of frames.values()) frame.send({ do: 'clear' })
    },
    update(change) {
      for (const frame of frames.values()) frame.send({ do: 'update', ...change })
    },
    async createToken(more = {}): Promise<CreatedToken> {
      const frame = first()
      if (frame === undefined) throw tesseraError({ code: 'not_mounted', message: 'Mount the fields first.' })
      lastId += 1
      const id = lastId
      const outcome = await new Promise<TokenOutcome>((resolve) => {
        waiting.set(id, resolve)
        frame.send({ do: 'token', id, ...(more.cardholder_name && { cardholderName: more.cardholder_name }) })
      })
      waiting.delete(id)
      return createdToken(outcome)
    },
  }
  return fields
}

function stateOf(reports: Partial<Record<FieldName, FieldReport>>, brand: string | null): FieldsEvents['change'] {
  const known = Object.entries(reports)
  return {
    complete: known.length === cardFieldNames.length && known.every(([, report]) => report.complete),
    empty: known.every(([, report]) => report.empty),
    brand: brand as CardBrand | null,
    faults: Object.fromEntries(
      known.flatMap(([name, { fault }]): [string, FieldFault][] => (fault === null ? [] : [[name, fault]])),
    ),
  }
}
