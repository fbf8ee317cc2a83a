import { useId } from 'preact/hooks';

interface SwitchProps {
  label: string;
  hint: string;
  checked: boolean;
  change: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, change }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <input
        type="checkbox"
        role="switch"
        id={id}
        aria-describedby={`${id}-hint`}
        checked={checked}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

interface ChoiceProps<Value extends string | number> {
  legend: string;
  options: readonly (readonly [value: Value, label: string])[];
  value: Value;
  change: (value: Value) => void;
}

/** A few values side by side, one of them chosen. */
export function Choice<Value extends string | number>(props: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      <div class="choice-options">
        {props.options.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={value === props.value}
              onChange={() => props.change(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface NumberProps {
  label: string;
  unit: string;
  value: number;
  min: number;
  max: number;
  change: (value: number) => void;
}

/** Takes effect when it is left or Enter is pressed; what is out of range goes back. */
export function NumberField({ label, unit, value, min, max, change }: NumberProps) {
  const id = useId();
  return (
    <div class="number">
      <label for={id}>{label}</label>
      <input
        type="number"
        id={id}
        inputMode="numeric"
        min={min}
        max={max}
        step={1}
        value={value}
        onChange={(event) => {
          const field = event.currentTarget;
          const wanted = field.valueAsNumber;
          if (Number.isInteger(wanted) && wanted >= min && wanted <= max) change(wanted);
          else field.value = String(value);
        }}
      />
      <span class="unit">{unit}</span>
    </div>
  );
}
