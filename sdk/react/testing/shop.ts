import { createElement, type ReactNode, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import type { Fields, TesseraFactory } from '../../browser/src/public-api.ts'
import { CardField, TesseraProvider } from '../src/card-field.ts'

declare const Tessera: TesseraFactory

/** A shop's page in React, for the browser tests: the card comes and goes, and the page says what it heard. */
function Shop(): ReactNode {
  const [isOpen, setOpen] = useState(true)
  const [fields, setFields] = useState<Fields | null>(null)
  const [isComplete, setComplete] = useState(false)
  const [heard, setHeard] = useState<string[]>([])
  const hear = (what: string) => setHeard((before) => [...before, what])
  const pay = async () => hear((await fields?.createToken({ cardholder_name: 'Ada' }))?.token ?? 'no fields')
  const card = createElement(CardField, {
    className: 'card',
    options: { locale: 'en' },
    onFields: (those) => {
      setFields(those)
      setComplete(false)
    },
    onReady: () => hear('ready'),
    onChange: ({ complete }) => setComplete(complete),
    onSubmit: () => hear('submit'),
    onError: ({ code }) => hear(code),
  })
  return createElement(
    'main',
    null,
    createElement('h1', null, 'Pay'),
    isOpen && card,
    createElement('button', { type: 'button', onClick: pay, disabled: !isComplete }, 'Pay'),
    createElement('button', { type: 'button', onClick: () => setOpen(!isOpen) }, isOpen ? 'Close' : 'Open'),
    createElement('p', { id: 'heard' }, heard.join(' ')),
  )
}

const place = document.getElementById('shop') as HTMLElement
const tessera = Tessera(place.dataset.key ?? '')
const shop = createElement(TesseraProvider, { tessera }, createElement(Shop))
createRoot(place).render(createElement(StrictMode, null, shop))
