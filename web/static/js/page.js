/* Entry of the plain pages: the top bar alone. */

import { startSessionMenu } from "./session_menu.js";

startSessionMenu();
