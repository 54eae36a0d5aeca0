import type { TesseraFactory } from './public-api.ts'
import { createTessera } from './tessera.ts'

// Known only while the script is read, not when its functions are called later.
const { src } = document.currentScript as HTMLScriptElement
const scriptOrigin = new URL(src).origin

const factory: TesseraFactory = (publishableKey, options) => createTessera(publishableKey, options, scriptOrigin)

Object.assign(window, { Tessera: factory, Zafapay: factory })
