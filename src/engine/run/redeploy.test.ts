import { redeploys } from '../../testing/redeploys';

redeploys(3);
