import type { SessionStep, SessionView } from '../../core/authentication/authentications.ts'
import type { Document } from './document.ts'
import type { Locale, TextKey } from './texts.ts'

/** What every step is made of. */
export interface StepContext {
  view: SessionView
  locale: Locale
  /** Path of this very page. */
  pagePath: string
  /** A text in the shopper's language, with the shop's name in its place. */
  say(key: TextKey): string
}

export type StepNamed<Name extends SessionStep['step']> = Extract<SessionStep, { step: Name }>

/** What one step adds to the page. */
export type StepPart = Pick<Document, 'title' | 'content' | 'policy' | 'refresh' | 'data'> & {
  /** Whether the shopper can still give up. */
  cancellable: boolean
}
