import { createContext, createElement, type ReactNode, useContext, useEffect, useRef } from 'react'
import type { Fields, FieldsEvents, FieldsOptions, Tessera } from '../../browser/src/public-api.ts'

const TesseraContext = createContext<Tessera | null>(null)

/** `tessera`: what `(await loadTessera(vaultUrl))(publishableKey)` gave; null until then. */
export function TesseraProvider({ tessera, children }: { tessera: Tessera | null; children?: ReactNode }): ReactNode {
  return createElement(TesseraContext.Provider, { value: tessera }, children)
}

/** Null while the SDK is on its way. */
export function useTessera(): Tessera | null {
  return useContext(TesseraContext)
}

export interface CardFieldProps {
  /** Read once, when the fields are mounted; change looks and language by `fields.update`. */
  options?: Omit<FieldsOptions, 'layout'>
  className?: string
  /** Gets the fields when they are mounted, for `fields.createToken()`, and null when they are gone. */
  onFields?(fields: Fields | null): void
  onReady?(): void
  onChange?(state: FieldsEvents['change']): void
  onSubmit?(): void
  onError?(error: FieldsEvents['error']): void
}

/** All fields of a card, in a frame of the vault. What is typed never reaches the page. */
export function CardField(props: CardFieldProps): ReactNode {
  const tessera = useTessera()
  const place = useRef<HTMLDivElement>(null)
  // Listeners of the latest render are called; the frame is not mounted anew for them.
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    if (tessera === null || place.current === null) return
    const fields = tessera.fields(latest.current.options)
    fields.on('ready', () => latest.current.onReady?.())
    fields.on('change', (state) => latest.current.onChange?.(state))
    fields.on('submit', () => latest.current.onSubmit?.())
    fields.on('error', (error) => latest.current.onError?.(error))
    fields.mount(place.current)
    latest.current.onFields?.(fields)
    return () => {
      fields.unmount()
      latest.current.onFields?.(null)
    }
  }, [tessera])
  return createElement('div', { ref: place, className: props.className })
}
