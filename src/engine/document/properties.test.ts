import { documentProperties } from './tests/documentProperties';
import { cases } from './tests/workflowTexts';

documentProperties(cases);
