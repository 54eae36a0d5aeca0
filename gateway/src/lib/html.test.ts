import { expect, it } from 'vitest'
import { html } from './html.ts'

it('whatever is put into a page is text, unless it was made as markup', () => {
  const hostile = `"><script>alert('1')</script>&amp;`
  expect(html`<p title="${hostile}">${hostile}</p>`.html).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>',
  )
  expect(html`<ul>${[html`<li>${'<'}</li>`, html`<li>b</li>`]}${null}${undefined}</ul>`.html).toBe(
    '<ul><li>&lt;</li><li>b</li></ul>',
  )
})
