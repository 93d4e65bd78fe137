import { useEffect, useState } from 'react';
import { useDocument, useSession } from '../store/session';
import { IconButton } from '../ui/IconButton';
import { useText } from '../ui/texts';

/** The objects that this node makes, as the engine renders them now. Values of secrets are left out by the engine. */
export function ManifestPreview({ nodeId, onClose }: { readonly nodeId: string; readonly onClose: () => void }) {
  const session = useSession();
  const text = useText();
  const revision = useDocument((state) => state.confirmed.revision);
  const [shown, setShown] = useState<{ readonly revision: number; readonly yaml: string | undefined }>();
  useEffect(() => {
    let current = true;
    void session.manifestOf(nodeId).then((answer) => {
      if (current) setShown({ revision, yaml: answer });
    });
    return () => {
      current = false;
    };
  }, [session, nodeId, revision]);
  const yaml = shown?.yaml;
  return (
    <section className="manifest" aria-label={text('Manifest')}>
      <header>
        <h3>{text('Manifest')}</h3>
        <IconButton icon="copy" label={text('Copy')} disabled={yaml === undefined} onClick={() => session.copyText(yaml ?? '')} />
        <IconButton icon="close" label={text('Close')} onClick={onClose} />
      </header>
      <pre tabIndex={0}>{yaml ?? ''}</pre>
    </section>
  );
}
