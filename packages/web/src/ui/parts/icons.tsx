import type { ComponentChildren } from "preact";

function Icon({ children, size = 20 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** The three dyed grains of an autochrome plate. */
export function Mark({ size = 30 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect class="mark-plate" width="32" height="32" rx="8" />
      <circle cx="12" cy="13" r="6" fill="#e88a5d" />
      <circle cx="20" cy="13" r="6" fill="#5fa873" fill-opacity="0.85" />
      <circle cx="16" cy="20" r="6" fill="#7f8fe0" fill-opacity="0.85" />
    </svg>
  );
}

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);
export const MinusIcon = () => (
  <Icon>
    <path d="M4 10h12" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M5 5l10 10M15 5L5 15" />
  </Icon>
);
export const FitIcon = () => (
  <Icon>
    <path d="M3.5 7V3.5H7M13 3.5h3.5V7M16.5 13v3.5H13M7 16.5H3.5V13" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13" />
  </Icon>
);
export const ShareIcon = () => (
  <Icon>
    <path d="M10 12.5V3M6.5 6L10 2.6 13.5 6M5.5 9H4.3v7.7h11.4V9h-1.2" />
  </Icon>
);
export const DropperIcon = () => (
  <Icon>
    <path d="M11 5.5l3.5 3.5M12.3 6.8l-7.6 7.6-.9 2.3 2.3-.9 7.6-7.6M12 4.5l1.3-1.3a1.9 1.9 0 012.7 0l.8.8a1.9 1.9 0 010 2.7L15.5 8" />
  </Icon>
);
export const UndoIcon = () => (
  <Icon>
    <path d="M7.5 4L4 7.5 7.5 11M4.5 7.5H12a4.2 4.2 0 010 8.5H8" />
  </Icon>
);
export const RedoIcon = () => (
  <Icon>
    <path d="M12.5 4L16 7.5 12.5 11M15.5 7.5H8a4.2 4.2 0 000 8.5h4" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M3.5 5.5h13M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5" />
  </Icon>
);
export const OptionsIcon = () => (
  <Icon>
    <path d="M3.5 6h6M14.5 6h2M3.5 14h2M10.5 14h6" />
    <circle cx="12" cy="6" r="2.2" />
    <circle cx="8" cy="14" r="2.2" />
  </Icon>
);
export const LockIcon = () => (
  <Icon size={18}>
    <rect x="4" y="9" width="12" height="8" rx="2" />
    <path d="M6.8 9V6.5a3.2 3.2 0 016.4 0V9" />
  </Icon>
);
export const RetryIcon = () => (
  <Icon>
    <path d="M15.8 8A6.2 6.2 0 104.5 13M16 3.8V8h-4.2" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon size={18}>
    <path d="M4 10.5l4 4 8-9" />
  </Icon>
);
export const PhotosIcon = () => (
  <Icon size={22}>
    <rect x="2.5" y="4" width="15" height="12" rx="2" />
    <circle cx="7" cy="8" r="1.4" />
    <path d="M3 14.5l4.5-4 3 2.5 3-3 4 4" />
  </Icon>
);
export const ArchiveIcon = () => (
  <Icon>
    <path d="M3 3.5h14v4H3zM4.5 7.5v9h11v-9M8 10.8h4" />
  </Icon>
);
