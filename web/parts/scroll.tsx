/** What may be wider or longer than its place. Keyboards scroll what has the focus, so it can have the focus. */
import type { ComponentChildren } from 'preact'

interface ScrollProps {
  readonly label: string
  readonly className: string
  readonly children: ComponentChildren
}

export function Scroll({ label, className, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1: what scrolls must do so by keyboard
    <section class={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}

export function Code({ children }: { readonly children: ComponentChildren }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1: what scrolls must do so by keyboard
  return <pre tabIndex={0}>{children}</pre>
}
