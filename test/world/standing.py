"""How a server that stands in for the world begins and ends."""
import asyncio
import os
import signal


async def until_told(server, port_file=None, shown="{}"):
    """Tell the port, in a file that is whole once it is there; serve until SIGINT or SIGTERM."""
    port = server.sockets[0].getsockname()[1]
    if port_file:
        with open(port_file + ".new", "w", encoding="utf-8") as handle:
            handle.write(str(port))
        os.replace(port_file + ".new", port_file)
    print(shown.format(port), flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
