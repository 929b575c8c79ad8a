"""Give gunicorn the application of this process's environment."""

from web.application import create_app
from web.wiring import server_settings

application = create_app(server_settings())
application.extensions["travel"].networks.warm_up()
