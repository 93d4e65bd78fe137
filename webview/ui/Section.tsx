import { useState } from 'react';
import type { ReactNode } from 'react';

/**
 * A part of a panel that opens and closes: the browser's own element, which screen readers know. What is in it is drawn once it
 * is opened, since the form of a workload has a hundred fields that few people look at.
 */
export function Section({
  title,
  open = true,
  count,
  children,
}: {
  readonly title: string;
  readonly open?: boolean;
  readonly count?: number;
  readonly children: ReactNode;
}) {
  const [wasOpened, setWasOpened] = useState(open);
  return (
    <details className="section" open={open} onToggle={(event) => event.currentTarget.open && setWasOpened(true)}>
      <summary>
        <span className="codicon codicon-chevron-right section-arrow" aria-hidden="true" />
        <span className="section-title">{title}</span>
        {count === undefined ? null : <span className="section-count">{count}</span>}
      </summary>
      <div className="section-body">{wasOpened || open ? children : null}</div>
    </details>
  );
}
