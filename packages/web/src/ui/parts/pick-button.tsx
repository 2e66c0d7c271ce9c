import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Props {
  children: ComponentChildren;
  className?: string;
  accept: string;
  label: string;
  multiple?: boolean;
  onPick(files: File[]): void;
}

/** A button that opens the system's file chooser. */
export function PickButton({ children, className = "", accept, label, multiple = false, onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={className} onClick={() => input.current!.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        class="hidden"
        tabIndex={-1}
        aria-label={label}
        accept={accept}
        multiple={multiple}
        onChange={({ currentTarget }) => {
          const files = Array.from(currentTarget.files ?? []);
          currentTarget.value = "";
          if (files.length > 0) onPick(files);
        }}
      />
    </>
  );
}
