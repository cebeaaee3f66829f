import type { ReactNode } from 'react';

/**
 * Icons of our own, drawn on 24 by 24 with the color of the text. They say nothing that the words beside them do not.
 */
function icon(drawing: ReactNode) {
  return function Icon({ size = 18 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

export const IconBlock = icon(
  <>
    <circle cx={12} cy={12} r={9} />
    <path d="M5.7 5.7l12.6 12.6" />
  </>,
);
export const IconHourglass = icon(<path d="M6 3h12M6 21h12M7 3c0 6 10 6 10 18M17 3c0 6-10 6-10 18" />);
export const IconRules = icon(
  <path d="M12 3l8 3v6c0 4.5-3.5 7.5-8 9-4.5-1.5-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5" />,
);
export const IconInbox = icon(<path d="M4 5h16v14H4zM4 13h4l1.5 3h5l1.5-3h4" />);
export const IconActivity = icon(<path d="M3 12h4l3-8 4 16 3-8h4" />);
export const IconSearch = icon(
  <>
    <circle cx={10.5} cy={10.5} r={6.5} />
    <path d="M15.5 15.5L21 21" />
  </>,
);
export const IconPhone = icon(
  <>
    <rect x={7} y={2.5} width={10} height={19} rx={2} />
    <path d="M11 18.5h2" />
  </>,
);
export const IconNumbers = icon(<path d="M4 9h16M4 15h16M10 3L8 21M16 3l-2 18" />);
export const IconOverview = icon(<path d="M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z" />);
export const IconKey = icon(
  <>
    <circle cx={8} cy={8} r={4.5} />
    <path d="M11.5 11.5L20 20M16 16l3-3" />
  </>,
);
export const IconBook = icon(<path d="M4 5a2 2 0 012-2h13v18H6a2 2 0 01-2-2zM4 17h15" />);
export const IconUser = icon(
  <>
    <circle cx={12} cy={8} r={4} />
    <path d="M4 21c0-4 4-6 8-6s8 2 8 6" />
  </>,
);
export const IconPlus = icon(<path d="M12 5v14M5 12h14" />);
export const IconDots = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" />);
export const IconCopy = icon(<path d="M9 9h11v11H9zM5 15H4V4h11v1" />);
export const IconCheck = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const IconCross = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const IconUnknown = icon(<path d="M9 9a3 3 0 114.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18h.01" />);
