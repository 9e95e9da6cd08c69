/** Controls that several views have. */
import type { ComponentChildren } from 'preact'
import { usePage } from '../data/page-context.ts'

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly onChoose: (value: string) => void
}

export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label class="field">
      <span class="label">{label}</span>
      <select value={value} onChange={event => onChoose(event.currentTarget.value)}>
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

interface InputProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly placeholder?: string
  /** Values to choose from; any other may be typed. */
  readonly list?: readonly string[]
}

export function Input({ label, value, onInput, placeholder, list }: InputProps) {
  const id = `list-${label.replace(/\W+/g, '-').toLowerCase()}`
  return (
    <label class="field">
      <span class="label">{label}</span>
      <input
        value={value}
        placeholder={placeholder}
        list={list ? id : undefined}
        autocomplete="off"
        spellcheck={false}
        onInput={event => onInput(event.currentTarget.value)}
      />
      {list && (
        <datalist id={id}>
          {list.map(each => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </label>
  )
}

interface SwitchProps {
  readonly isOn: boolean
  readonly onTurn: (isOn: boolean) => void
  readonly children: ComponentChildren
}

export function Switch({ isOn, onTurn, children }: SwitchProps) {
  return (
    <label class="switch">
      <input type="checkbox" checked={isOn} onChange={event => onTurn(event.currentTarget.checked)} />{' '}
      {children}
    </label>
  )
}

export function ExpectedSwitch() {
  const { state, go } = usePage()
  return (
    <Switch isOn={state.expected} onTurn={expected => go({ expected }, 'replace')}>
      expected errors too
    </Switch>
  )
}

export function WaitingSwitch() {
  const { state, go } = usePage()
  return (
    <Switch isOn={state.waiting} onTurn={waiting => go({ waiting }, 'replace')}>
      waiting calls too
    </Switch>
  )
}

/** A choice that only one view knows, kept in the address. */
export function useMore(name: string, initial = ''): readonly [string, (value: string) => void] {
  const { state, go } = usePage()
  const set = (value: string) =>
    go({ more: { ...state.more, [name]: value === initial ? '' : value } }, 'replace')
  return [state.more[name] ?? initial, set]
}
