import { anyObject, flag, list, object, text } from '../formats.ts'
import { required, type Table } from '../rules.ts'

export interface MessageExtension {
  name: string
  id: string
  /** A receiver that does not know a critical extension must refuse the message. */
  criticalityIndicator: boolean
  data: Record<string, unknown>
}

const extensionTable: Table<MessageExtension> = {
  name: required(text(1, 64)),
  id: required(text(1, 64)),
  criticalityIndicator: required(flag),
  data: required(anyObject),
}

export const messageExtensions = list(1, 10, object(extensionTable))
