"""What is reported of each endpoint."""

from parsing import Request


class Endpoint:
    __slots__ = ("clients", "errors", "size", "times")

    def __init__(self) -> None:
        self.clients: set[str] = set()
        self.errors = 0
        self.size = 0
        self.times: list[int] = []


class Collected:
    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self.malformed = 0

    def add(self, request: Request | None) -> None:
        if request is None:
            self.malformed += 1
            return
        client, method, route, status, size, milliseconds = request
        endpoint = self._endpoints.get((method, route))
        if endpoint is None:
            endpoint = self._endpoints[method, route] = Endpoint()
        endpoint.clients.add(client)
        endpoint.errors += 500 <= status <= 599
        endpoint.size += size
        endpoint.times.append(milliseconds)

    def report(self, percentiles: list[int]) -> list[list[object]]:
        ordered = sorted(self._endpoints.items(), key=lambda item: (-len(item[1].times), item[0]))
        return [self._row(method, route, endpoint, percentiles) for (method, route), endpoint in ordered]

    def _row(self, method: str, route: str, endpoint: Endpoint, percentiles: list[int]) -> list[object]:
        times = sorted(endpoint.times)
        chosen = [times[max(0, (share * len(times) + 99) // 100 - 1)] for share in percentiles]
        return [method, route, len(times), len(endpoint.clients), endpoint.errors, endpoint.size, *chosen]
