import { useState } from 'react';
import { useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';

/** Lets the host ask for a secret's value. The value goes from VS Code's input box to the secret store and never comes here. */
export function SecretValueButton({ nodeId, secretKey }: { readonly nodeId: string; readonly secretKey: string }) {
  const session = useSession();
  const text = useText();
  const [known, setKnown] = useState(false);
  return (
    <span className="secret-value">
      {known ? (
        <span className="secret-set">
          <Icon name="check" />
          {text('Set')}
        </span>
      ) : null}
      <Button
        secondary
        onClick={() => {
          void session.enterSecret(nodeId, secretKey).then((set) => {
            if (set !== undefined) setKnown(set);
          });
        }}
      >
        {text('Enter value…')}
      </Button>
    </span>
  );
}
