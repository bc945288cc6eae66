from django.http import HttpResponse
from django.shortcuts import render
from tongchou.platform.web.access import PageRequest, page


@page("")
def search(request: PageRequest) -> HttpResponse:
    return render(request, "site/page.html", {})
